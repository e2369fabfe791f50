"""Words for the service centre that belong to no other noun yet."""

NO_BROADCAST = (
    "群发还没开放，这一版先不支持。要单独告诉谁，可以“接管 D1024”直接谈。回“待办”看要处理的。"
)
